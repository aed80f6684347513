'use strict';
// Before the first paint: the choice of an earlier visit, where the browser lets us keep one.
(() => {
  try {
    const kept = localStorage.getItem('paperhouse-theme');
    if (kept === 'light' || kept === 'dark') document.documentElement.dataset.theme = kept;
  } catch { /* pages from files may have no storage */ }
})();
