// A review may end while somebody writes in it: the pair ends, or the other one has agreed.

const GONE = "This review is no longer yours to open: the pair may have ended.";

/** One plain sentence of an ApiError that means nobody here may write any more. */
export function sayOver({ status, message }) {
  return `${status === 404 ? GONE : message} What you typed stays on this page until you leave it; copy it if you want to keep it.`;
}
