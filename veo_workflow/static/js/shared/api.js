// Asking the server: JSON in, JSON out, and every failure as one sentence somebody can act on.

export class ApiError extends Error {
  /** `status` is 0 when no answer came; `body` is what the server said beside its sentence. */
  constructor(message, { status = 0, code = "error", retryable = false, body = {} } = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryable = retryable;
    this.body = body;
  }
}

const NO_ANSWER = "The connection is gone for the moment. What you did is kept here and sent when it is back.";
const NO_WORDS = "Something went wrong on our side. Try again in a moment.";

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/**
 * Sends `body` (any JSON value) and resolves with the answer's JSON, or null where there is none.
 * Throws ApiError; an aborted request throws the browser's own AbortError.
 */
export async function fetchJson(url, { method = "GET", body, headers = {}, signal, keepalive = false } = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (method !== "GET") sent["X-CSRFToken"] = csrfToken();
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, {
      method, headers: sent, signal, keepalive, credentials: "same-origin", cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(NO_ANSWER, { code: "no_answer", retryable: true });
  }
  const answer = await readJson(response);
  if (response.ok) return answer;
  throw new ApiError(answer?.message ?? NO_WORDS, {
    status: response.status,
    code: answer?.error ?? "error",
    retryable: answer?.retryable ?? response.status >= 500,
    body: answer ?? {},
  });
}

async function readJson(response) {
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}
