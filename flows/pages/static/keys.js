'use strict';
(() => {
  const papers = [...document.querySelectorAll('.paper')];
  const box = document.querySelector('.find input');
  let at = -1;
  const shown = () => [...document.querySelectorAll('.paper')].filter(paper => !paper.hidden && !paper.closest('[hidden]'));
  const go = step => {
    const visible = shown();
    if (!visible.length) return;
    const now = visible.indexOf(document.querySelector('.paper.at'));
    at = Math.max(0, Math.min(visible.length - 1, now + step));
    document.querySelector('.paper.at')?.classList.remove('at');
    visible[at].classList.add('at');
    visible[at].querySelector('.t a').focus({preventScroll: true});
    visible[at].scrollIntoView({block: 'nearest', behavior: 'instant'});
  };
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches('input, textarea, select')) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    const here = document.querySelector('.paper.at');
    if (event.key === '/') { event.preventDefault(); box.focus(); box.select(); }
    else if (event.key === 'j') go(1);
    else if (event.key === 'k') go(-1);
    else if (event.key === 'o' && here) { const abstract = here.querySelector('details'); if (abstract) abstract.open = !abstract.open; }
  });
  const buttons = [...document.querySelectorAll('[data-list]')];
  buttons.forEach(button => button.addEventListener('click', () => {
    button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
    const wanted = buttons.filter(one => one.getAttribute('aria-pressed') === 'true').map(one => one.dataset.list);
    papers.forEach(paper => { paper.hidden = wanted.length > 0 && !paper.dataset.lists.split(' ').some(list => wanted.includes(list)); });
    document.querySelectorAll('section.list').forEach(section => { section.hidden = [...section.querySelectorAll('.paper')].every(paper => paper.hidden); });
  }));
  document.querySelector('.theme').addEventListener('click', () => {
    const isDark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    document.documentElement.dataset.theme = isDark ? 'light' : 'dark';
    try { localStorage.setItem('paperhouse-theme', document.documentElement.dataset.theme); } catch { /* then for this page */ }
  });
})();
