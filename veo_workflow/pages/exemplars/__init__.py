"""The school's exemplar library: what coachees let everybody at their school watch, made of shares and the playbook."""
