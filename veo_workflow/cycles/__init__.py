"""The Impact Cycle (Jim Knight, The Impact Cycle, 2017): identify, learn, improve."""
