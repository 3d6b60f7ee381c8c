// Where the browser keeps what is not sent. Where it keeps nothing (a full disk, a private window) this page still does.

const here = new Map();

export const keys = (prefix) =>
  [...Object.keys(localStorage), ...here.keys()].filter((key) => key.startsWith(prefix)).sort();

export const read = (key) => here.get(key) ?? localStorage.getItem(key);

export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
    here.delete(key);
  } catch {
    here.set(key, value);
  }
}

export function forget(key) {
  here.delete(key);
  localStorage.removeItem(key);
}
