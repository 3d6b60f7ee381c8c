// The Improve review: the queue, what is done with each moment, and hearing of what the other one does.
import "./moments.js";
import "./keys.js";
import "./queue.js";
import "./dragging.js";
