// A reporter for Node's test runner that speaks the language of `go test -json`, so that one
// summariser counts all of kith's tests. It never decides what passes.
import { basename } from 'node:path';
import { inspect } from 'node:util';

const suite = process.env.KITH_SUITE ?? 'kith';
const line = (event) => `${JSON.stringify(event)}\n`;

export default async function* report(source) {
  const path = []; // names of the suites that enclose the present test
  for await (const { type, data } of source) {
    const pkg = `${suite}/${basename(data.file ?? 'run')}`;
    if (type === 'test:start') {
      path.length = data.nesting;
      path.push(data.name.replaceAll('/', '∕'));
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      yield line({ Action: 'output', Package: pkg, Output: data.message });
    } else if (type === 'test:pass' || type === 'test:fail') {
      // A suite is where its `describe` is written, and says nothing that its tests do not.
      const own = data.details.error?.failureType !== 'subtestsFailed' && type === 'test:fail';
      if (data.details.type === 'suite' && !own) continue;
      const test = [...path.slice(0, data.nesting), data.name.replaceAll('/', '∕')].join('/');
      const left = data.skip !== undefined || data.todo !== undefined;
      if (type === 'test:fail') {
        const error = data.details.error?.cause ?? data.details.error;
        yield line({ Action: 'output', Package: pkg, Test: test, Output: `${inspect(error, { depth: 4 })}\n` });
      }
      yield line({
        Action: left ? 'skip' : type === 'test:pass' ? 'pass' : 'fail',
        Package: pkg, Test: test, Elapsed: data.details.duration_ms / 1000,
      });
    }
  }
}
