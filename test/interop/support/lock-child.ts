/** Another program that writes to a database: holds it from "locked" on its output until its input ends. */
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const [file = ''] = process.argv.slice(2);
const database = new DatabaseSync(file, { timeout: 5000 });
database.exec('BEGIN EXCLUSIVE');
writeSync(1, 'locked\n');
process.stdin.on('end', () => {
  database.exec('COMMIT');
  database.close();
});
process.stdin.resume();
