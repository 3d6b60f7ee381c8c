// A clip that has arrived, or failed, turns into its own page: what pages/progress.js then says is the sign for it.
const said = document.querySelector("[data-progress-said]");
new MutationObserver(() => location.reload()).observe(said, { childList: true });
