// Makes JSON Schemas of all that the client's own types say about answers. Reading those types takes seconds,
// so it is done once for each installed client: what is made is kept beside it. Run as a program, it does so
// for the clients named, before tests of many processes ask for it.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// home is the folder that a client is installed in.
const home = (client) => dirname(dirname(createRequire(import.meta.url).resolve(client)));

// types names the file that declares a part's types.
function types(dist, part) {
  if (part === 'admin') return join(dist, 'admin.d.ts');
  return join(dist, readdirSync(dist).find((f) => /^create-auth-.*\.d\.ts$/.test(f)));
}

// answers gives the schemas of a part, by the names of its types.
export async function answers(client, part) {
  const folder = join(home(client), '.answers');
  const kept = join(folder, `${part}.json`);
  if (!existsSync(kept)) {
    const { createGenerator } = await import('ts-json-schema-generator');
    mkdirSync(folder, { recursive: true });
    const declared = readFileSync(types(join(home(client), 'dist'), part), 'utf8');
    const named = [...declared.matchAll(/^type (\w+Responses) = \{$/gm)].map(([, name]) => name);
    // Their file exports none of them, and one type that names all is read in one go.
    const path = join(folder, `${part}.d.ts`);
    writeFileSync(path, `${declared}\nexport interface Answers {\n${named.map((name) => `  ${name}: ${name};\n`).join('')}}\n`);
    const generator = createGenerator({ path, type: 'Answers', expose: 'all', topRef: false, additionalProperties: true,
      jsDoc: 'none', skipTypeCheck: true, tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)) });
    const unfinished = `${kept}.${process.pid}`; // seen by nobody until it is whole
    writeFileSync(unfinished, JSON.stringify(generator.createSchema('Answers').definitions));
    renameSync(unfinished, kept);
  }
  return JSON.parse(readFileSync(kept, 'utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const client of process.argv.slice(2)) for (const part of ['user', 'admin']) await answers(client, part);
}
