'use strict';
// Search without a server: words and papers come in chunks, each a script that hands its object over.
(() => {
  const hits = document.querySelector('#hits');
  const found = document.querySelector('#found');
  const folder = hits.dataset.index;
  const received = new Map();
  const loads = new Map();
  window.paperhouse = (kind, number, value) => { received.set(`${kind}-${number}`, value); };
  const load = (kind, number) => {
    const key = `${kind}-${number}`;
    if (!loads.has(key)) {
      loads.set(key, new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = `${folder}/${kind === 'size' ? 'size' : key}.js`;
        script.onload = () => received.has(key) ? resolve(received.get(key)) : reject(new Error(key));
        script.onerror = () => reject(new Error(key));
        document.head.append(script);
      }));
    }
    return loads.get(key);
  };
  const stem = word => {
    if (word.length > 4 && word.endsWith('ies')) return word.slice(0, -3) + 'y';
    if (word.length > 4 && /(sses|xes|ches|shes)$/.test(word)) return word.slice(0, -2);
    return word.length > 3 && word.endsWith('s') && !'sui'.includes(word.at(-2)) ? word.slice(0, -1) : word;
  };
  const fold = text => {
    const plain = text.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
    const words = [];
    for (const word of plain.match(/[a-z0-9]+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+/g) || []) {
      if (word < '\u3040') words.push(stem(word));
      else if (word.length === 1) words.push(word);
      else for (let at = 0; at < word.length - 1; at++) words.push(word.slice(at, at + 2));
    }
    return words;
  };
  const chunkOf = (word, chunks) => {
    let value = 7;
    for (const letter of word) value = (value * 31 + letter.codePointAt(0)) % 65536;
    return value % chunks;
  };
  const parse = query => {
    const wanted = [], unwanted = [], phrases = [];
    const take = (text, list) => { const words = fold(text); list.push(...words); return words; };
    for (const [, minus, field, phrase, word] of query.matchAll(/(-?)(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g)) {
      const text = phrase ?? word ?? '';
      if (/^(?:[a-z-]+\/\d{7}|\d{4}\.\d{4,5})$/i.test(text)) { wanted.push(text.toLowerCase()); continue; }
      if (minus) take(text, unwanted);
      else { take(text, wanted); if (phrase) phrases.push(phrase.toLowerCase()); }
    }
    return {wanted: [...new Set(wanted)], unwanted: [...new Set(unwanted)], phrases};
  };
  const postings = async (word, size) => {
    const text = (await load('words', chunkOf(word, size.words)))[word];
    const weights = new Map();
    let number = -1;
    for (const one of text ? text.split(' ') : []) {
      const [step, weight] = one.split('.');
      number += parseInt(step, 36);
      weights.set(number, weight ? parseInt(weight, 36) : 1);
    }
    return weights;
  };
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const show = ([page, title, names, lead, day, lists]) => {
    const paper = element('article', '', 'paper');
    const heading = element('h2', '', 't');
    const link = element('a', title.replace(/\$([^$]+)\$/g, '$1'));
    link.href = `paper/${encodeURIComponent(page)}.html`;
    heading.append(link);
    const meta = element('p', '', 'meta');
    for (const list of lists) meta.append(element('span', list, 'chip'));
    if (day) meta.append(element('span', `first listed ${day}`));
    paper.append(heading, element('p', names, 'by'), element('p', lead, 'snip'), meta);
    hits.append(paper);
  };
  const search = async query => {
    const {wanted, unwanted, phrases} = parse(query);
    document.querySelector('#asked').textContent = query;
    document.title = `${query} · Paperhouse`;
    if (!wanted.length) { found.textContent = 'Give at least one word.'; return; }
    const size = await load('size', 0);
    const scores = new Map();
    const lists = await Promise.all(wanted.map(word => postings(word, size)));
    for (const weights of lists) {
      const rarity = Math.log(1 + (size.papers - weights.size + 0.5) / (weights.size + 0.5));
      for (const [number, weight] of weights) {
        const [n, sum] = scores.get(number) || [0, 0];
        scores.set(number, [n + 1, sum + rarity * weight]);
      }
    }
    for (const weights of await Promise.all(unwanted.map(word => postings(word, size)))) weights.forEach((_, number) => scores.delete(number));
    let ranked = [...scores].filter(([, [n]]) => n === wanted.length);
    const isWhole = ranked.length > 0;
    if (!isWhole) ranked = [...scores];
    ranked.sort(([one, [n, score]], [other, [m, best]]) => m - n || best - score || other - one);
    const papers = [];
    for (const [number] of ranked.slice(0, phrases.length ? 200 : 30)) {
      papers.push((await load('papers', Math.floor(number / size.chunk)))[number % size.chunk]);
    }
    const holds = paper => phrases.every(phrase => paper.slice(1, 4).join(' ').toLowerCase().includes(phrase));
    const first = phrases.length ? [...papers.filter(holds), ...papers.filter(paper => !holds(paper))] : papers;
    found.textContent = ranked.length
      ? `${ranked.length.toLocaleString('en')} ${ranked.length === 1 ? 'paper' : 'papers'}${isWhole ? '' : ' with some of the words'}`
      : 'No paper of this site has these words.';
    first.slice(0, 30).forEach(show);
  };
  const query = new URLSearchParams(location.search).get('q')?.trim();
  if (!query) return;
  document.querySelector('#q').value = query;
  found.textContent = 'Searching…';
  search(query).catch(error => { found.textContent = `The index cannot be read (${error.message}); make the site anew.`; });
})();
