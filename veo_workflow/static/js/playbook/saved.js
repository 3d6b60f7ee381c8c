// A new strategy is in the playbook: what was kept of it in this tab has done its work.
sessionStorage.removeItem("veo:strategy-new");
