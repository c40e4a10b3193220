// The link's secret is in the fragment. It leaves the address bar at once, and the browser with the password.
'use strict';
const link = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, '', location.pathname);
const form = document.getElementById('form');
const password = document.getElementById('password');
const said = document.getElementById('said');

if (link.get('uid') && link.get('token')) {
  form.hidden = false;
  password.focus();
} else {
  said.textContent = 'This link is not whole. Open it from the mail once more, or ask for another.';
}

document.getElementById('show').addEventListener('change', (event) => {
  password.type = event.target.checked ? 'text' : 'password';
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const response = await fetch('/3/auth/password/reset/confirm/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ uid: link.get('uid'), token: link.get('token'), new_password: password.value }),
    });
    const answer = await response.json();
    form.hidden = response.ok;
    said.textContent = response.ok ? 'Your password is set. You can sign in now.' : answer.message;
  } catch {
    said.textContent = 'The server did not answer. Try again.';
  }
  button.disabled = false;
});
