// Takes the secret of the link from the address into the form, and out of sight. The page works without
// this: then the link is pasted.
'use strict';

const form = document.querySelector('form');
const byId = (id) => document.getElementById(id);

function take() {
  const fragment = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  const given = new URLSearchParams(fragment.slice(fragment.lastIndexOf('?') + 1));
  const needs = form.dataset.needs.split(' ');
  if (!needs.every((name) => given.get(name))) return;
  for (const name of needs) form.elements[name].value = given.get(name);
  const paste = byId('paste');
  if (paste) {
    paste.hidden = true;
    byId('link').disabled = true;
  }
}
take();
addEventListener('hashchange', () => { if (location.hash) take(); }); // the link, in the tab that has the page already

const password = byId('password');
if (password) {
  byId('reveal').hidden = false;
  byId('show').addEventListener('change', (event) => {
    password.type = event.target.checked ? 'text' : 'password';
  });
}

// Sent twice, the second time would find the link spent.
let sent = false;
form.addEventListener('submit', (event) => {
  if (sent) event.preventDefault();
  sent = true;
  if (password) password.type = 'password'; // browsers remember what was typed into fields of text
});
addEventListener('pageshow', () => { sent = false; });
