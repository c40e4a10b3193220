// Every page that mails lead to, in every state, in two sets of colours, with and without scripts: it does
// what it says, people of all abilities can use it, and its secrets go nowhere else.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Visitor, alive, baseUrl, call, did, enrol, found, link, newAddress, newPassword, open, secret, signsIn, unsaid } from './kit.mjs';

let browser;
before(async () => { browser = await open(); });
after(() => browser?.close());
after(unsaid);

const looks = {
  plain: null,
  colourful: { primary: '#ffd500', text: '#000000', background: '#3b0a45' },
};

for (const [look, colors] of Object.entries(looks)) {
  for (const scripts of look === 'plain' ? [true, false] : [false]) { // bare pages show all that has a colour
    describe(`${look}, ${scripts ? 'with' : 'without'} scripts`, () => {
      let company;
      before(async () => { company = await found('Acme Payments', colors); });

      // visit is a test by somebody with a browser of their own.
      const visit = (name, story) => it(name, async () => {
        const visitor = await Visitor.in(browser, { scripts, thorough: look === 'plain' });
        await story(visitor, visitor.page, (state) => visitor.passes(`${look} ${scripts ? 'scripts' : 'bare'} ${state}`));
        await visitor.leave();
      });

      visit('sets a first password', async (visitor, page, passes) => {
        const email = newAddress();
        await did('/3/admin/users/', { email }, company.owner);
        const mailed = await link(email, '/set-password/');
        await visitor.follow(mailed);
        await passes('set');

        // What is wrong is said where it is wrong, and the next try needs no new link.
        assert.equal(await visitor.press('Set password'), 400);
        await passes('set empty');
        await page.getByLabel('New password').fill('short');
        assert.equal(await visitor.press('Set password'), 400);
        const field = page.getByLabel('New password');
        assert.match(await field.getAttribute('aria-describedby'), /password-error/);
        assert.match(await page.locator('#password-error').textContent(), /too short/);
        assert.ok(await field.evaluate((node) => node === document.activeElement), 'the wrong field is not in focus');
        assert.match(await page.title(), /^Error: /);
        await passes('set short');

        const password = newPassword();
        await field.fill(password);
        assert.equal(await visitor.press('Set password'), 200);
        assert.equal(await visitor.title(), 'Your password is set');
        await passes('set done');
        assert.ok(await signsIn(company, email, password), 'the password does not let them in');

        // The link is spent.
        await visitor.follow(mailed);
        await page.getByLabel('New password').fill(newPassword());
        assert.equal(await visitor.press('Set password'), 400);
        assert.match(await page.getByRole('main').textContent(), /This link does not work/);
        await passes('set spent');
        assert.ok(await signsIn(company, email, password), 'a spent link changed the password');
      });

      visit('resets a password', async (visitor, page, passes) => {
        const [email, old, password] = [newAddress(), newPassword(), newPassword()];
        const token = await enrol(company, email, old);
        await did('/3/auth/password/reset/', { user: email, company: company.slug });
        await visitor.follow(await link(email, '/reset-password/'));
        await passes('reset');
        if (scripts) {
          await page.getByLabel('New password').fill(password);
          await page.getByLabel('Show the password').check();
          assert.equal(await page.getByLabel('New password').getAttribute('type'), 'text');
          await passes('reset shown');
        }
        await page.getByLabel('New password').fill(password);
        assert.equal(await visitor.press('Set password'), 200);
        assert.equal(await visitor.title(), 'Your password is changed');
        await passes('reset done');
        assert.deepEqual([await signsIn(company, email, old), await signsIn(company, email, password), await alive(token)], [false, true, false],
          'the old password, the new one, the old session');
      });

      visit('confirms an address', async (visitor, page, passes) => {
        const email = newAddress();
        const token = await enrol(company, email, newPassword());
        const mailed = await link(email, '/verify-email/');
        await visitor.follow(mailed);
        assert.equal((await did('/3/user/', undefined, token)).verification.email, false, 'looking at the page confirmed it');
        await passes('verify');
        assert.equal(await visitor.press('Yes, this is me'), 200);
        assert.equal(await visitor.title(), 'Your e-mail address is confirmed');
        await passes('verify done');
        assert.equal((await did('/3/user/', undefined, token)).verification.email, true, 'the address, or the session, is not as it should be');

        await visitor.follow(mailed);
        assert.equal(await visitor.press('No, this is not me'), 400);
        assert.match(await page.getByRole('main').textContent(), /This link does not work/);
        await passes('verify spent');
        assert.ok(await alive(token), 'a spent link ended a session');
      });

      visit('locks out whoever used the address', async (visitor, page, passes) => {
        const [email, theirs, own] = [newAddress(), newPassword(), newPassword()];
        const token = await enrol(company, email, theirs);
        const second = secret((await did('/3/auth/login/', { user: email, password: theirs, company: company.slug })).token);
        await visitor.follow(await link(email, '/verify-email/'));
        assert.equal(await visitor.press('No, this is not me'), 200);
        assert.equal(await visitor.title(), 'They are locked out');
        await passes('not me');
        assert.deepEqual([await alive(token), await alive(second), await signsIn(company, email, theirs)], [false, false, false],
          'their first session, their second, their password');
        assert.equal(new URL(page.url()).search + new URL(page.url()).hash, '');
        secret(await page.locator('input[name=token]').inputValue());
        await page.getByLabel('New password').fill(own);
        assert.equal(await visitor.press('Set password'), 200);
        assert.ok(await signsIn(company, email, own), 'the new password does not let them in');
        assert.equal(await signsIn(company, email, theirs), false, 'the old one does');
      });

      visit('closes an account', async (visitor, page, passes) => {
        const [email, password] = [newAddress(), newPassword()];
        const token = await enrol(company, email, password);
        await did('/3/auth/deactivate/', { user: email, company: company.slug });
        await visitor.follow(await link(email, '/deactivate/'));
        await passes('deactivate');
        assert.ok(await alive(token), 'looking at the page closed the account');
        assert.equal(await visitor.press('Close my account'), 200);
        assert.equal(await visitor.title(), 'Your account is closed');
        await passes('deactivate done');
        assert.deepEqual([await alive(token), await signsIn(company, email, password)], [false, false], 'the session, the password');
      });

      visit('asks for deletion', async (visitor, page, passes) => {
        const email = newAddress();
        await enrol(company, email, newPassword());
        await did('/3/auth/request-delete/', { user: email, company: company.slug });
        await visitor.follow(await link(email, '/delete/'));
        await passes('delete');
        assert.equal(await visitor.press('Delete my account'), 200);
        assert.equal(await visitor.title(), 'Your account will be deleted');
        await passes('delete done');
        const { results } = await did(`/3/admin/users/?email=${encodeURIComponent(email)}`, undefined, company.owner);
        assert.equal(results[0].retention_state, 'delete_requested');
      });

      visit('refuses links that never were', async (visitor, page, passes) => {
        const none = secret('N'.repeat(64));
        const uid = '01900000-0000-7000-8000-000000000000';
        for (const [path, values, button] of [['verify-email', `key=${none}`, 'Yes, this is me'], ['deactivate', `key=${none}`, 'Close my account'],
          ['delete', `key=${none}`, 'Delete my account'], ['reset-password', `uid=${uid}&token=${none}`, 'Set password'],
          ['set-password', `uid=${uid}&token=${none}`, 'Set password']]) {
          await visitor.follow(`${baseUrl}/${path}/${company.slug}#${values}`);
          if (values.startsWith('uid')) await page.getByLabel('New password').fill(newPassword());
          assert.equal(await visitor.press(button), 400);
          assert.match(await page.getByRole('main').textContent(), /This link does not work/);
          await passes(`${path} refused`);

          // The page alone asks for the link, and says what of it is missing.
          await page.goto(`${baseUrl}/${path}/${company.slug}`);
          assert.ok(await page.getByLabel('Paste the link').isVisible());
          assert.equal(await visitor.press(button), 400);
          assert.match(await page.locator('#link-error').textContent(), /not the whole link/);
          assert.ok(await page.getByLabel('Paste the link').evaluate((node) => node === document.activeElement), 'the wrong field is not in focus');
          await passes(`${path} without link`);
        }
      });
    });
  }
}

describe('pages of nobody', () => {
  it('look and answer alike for a company that is none', async () => {
    const visitor = await Visitor.in(browser, {});
    const seen = [];
    for (const slug of ['', 'nobody-has-this']) {
      const answer = await visitor.page.goto(`${baseUrl}/set-password/${slug}`);
      seen.push(answer.status(), await answer.text());
      await visitor.passes(`nobody ${slug}`);
    }
    assert.deepEqual(seen.slice(0, 2), seen.slice(2));
    await visitor.leave();
  });

  it('set a password all the same', async () => {
    const [company, email, password] = [await found('Acme', null), newAddress(), newPassword()];
    await did('/3/admin/users/', { email }, company.owner);
    const visitor = await Visitor.in(browser, {});
    await visitor.follow((await link(email, '/set-password/')).replace(company.slug, ''));
    await visitor.page.getByLabel('New password').fill(password);
    assert.equal(await visitor.press('Set password'), 200);
    assert.ok(await signsIn(company, email, password));
    await visitor.leave();
  });
});

describe('axe', () => {
  it('sees what is wrong', async () => {
    const visitor = await Visitor.in(browser, {});
    await visitor.page.goto(`${baseUrl}/set-password/`);
    await visitor.page.evaluate(() => {
      document.querySelector('h1').style.color = '#ccc';
      document.querySelector('label').remove();
    });
    const faults = (await visitor.faults(['color-contrast', 'label'])).join('\n');
    assert.match(faults, /color-contrast: .*h1/);
    assert.match(faults, /label: .*input/);
    await visitor.leave();
  });
});

describe('languages', () => {
  for (const [locale, label] of Object.entries({ de: 'Neues Passwort', es: 'Contraseña nueva', fr: 'Nouveau mot de passe', pt: 'Nova senha' })) {
    it(locale, async () => {
      const company = await found('Acme', null);
      const visitor = await Visitor.in(browser, { locale });
      for (const path of ['set-password', 'verify-email']) {
        await visitor.page.goto(`${baseUrl}/${path}/${company.slug}`);
        if (path === 'set-password') assert.ok(await visitor.page.getByLabel(label).isVisible());
        await visitor.passes(`${locale} ${path}`);
      }
      await visitor.leave();
    });
  }
});

describe('scripts', () => {
  it('take a link that is pasted into the address bar of the page', async () => {
    const visitor = await Visitor.in(browser, {});
    await visitor.page.goto(`${baseUrl}/deactivate/`);
    assert.ok(await visitor.page.getByLabel('Paste the link').isVisible());
    await visitor.page.evaluate((key) => { location.hash = `key=${key}`; }, secret('K'.repeat(64)));
    await visitor.page.getByLabel('Paste the link').waitFor({ state: 'hidden' });
    assert.equal(new URL(visitor.page.url()).hash, '');
    await visitor.leave();
  });

  it('send a form once, however often its button is pressed', async () => {
    const [company, email, password] = [await found('Acme', null), newAddress(), newPassword()];
    await did('/3/admin/users/', { email }, company.owner);
    const visitor = await Visitor.in(browser, {});
    await visitor.follow(await link(email, '/set-password/'));
    await visitor.page.getByLabel('New password').fill(password);
    await visitor.page.getByRole('button', { name: 'Set password' }).dblclick();
    await visitor.page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    assert.equal(visitor.sent.filter((r) => r.method() === 'POST').length, 1);
    assert.ok((await call('/3/auth/login/', { user: email, password, company: company.slug })).status === 200);
    await visitor.leave();
  });
});
