// The snippet by which the client was tried against the original, line by line; only the address is another. It prints
// one line of its own, the last: what else is printed the client says.
const mem = {};
global.window = { localStorage: { setItem: (k, v) => { mem[k] = v }, getItem: k => mem[k] } };
global.document = { cookie: '' };
const { DaptinClient } = require('daptin-client');
const c = new DaptinClient(process.env.KITH_URL, false, { getToken: () => mem.token });
(async () => {
  await c.actionManager.doAction('user_account', 'signup', { name: 'A', email: 'a@host.test', password: 'password1', passwordConfirm: 'password1' });
  await c.actionManager.doAction('user_account', 'signin', { email: 'a@host.test', password: 'password1' });
  await new Promise(r => setImmediate(r));
  await c.worldManager.loadModels().catch(() => {});
  const list = await c.jsonApi.findAll('user_account', { page: { number: 1, size: 10 }, sort: 'email' });
  const one = await c.jsonApi.find('user_account', list.data[0].id);
  const found = await c.jsonApi.findAll('user_account', { query: JSON.stringify([{ column: 'email', operator: 'is', value: 'a@host.test' }]) });
  const g = await c.jsonApi.create('usergroup', { name: 'editors' });
  await c.jsonApi.update('usergroup', { id: g.data.id, name: 'writers' });
  await c.jsonApi.destroy('usergroup', g.data.id);
  console.log(one.data.email, found.data.length);
})();
