/**
 * Import directions of docs/ARCHITECTURE.md, as rules. Read with the swc parser: TypeScript 7 has no compiler API yet,
 * and types count as imports here, since a layer that names a type of the one above already knows too much.
 */
const path = (...folders) => `^src/(${folders.join('|')})/`;

/** From the ground up; a folder may import what stands before it, never what stands after. */
const floors = [
  ['base'],
  ['protocols', 'operations'], // neither knows the other
  ['config'],
  ['media'],
  ['talkgroups'],
  ['voice'],
  ['bridges', 'webrtc', 'console', 'api', 'store', 'speech', 'simulator'], // siblings do not know each other
  ['gateway', 'conformance', 'evidence'],
];

/** One rule a folder: nothing beside it, nothing above it. */
const oneWay = floors.flatMap((siblings, height) =>
  siblings.map((folder) => {
    const forbidden = [...siblings.filter((sibling) => sibling !== folder), ...floors.slice(height + 1).flat(), 'web'];
    return {
      name: `${folder}-looks-down`,
      severity: 'error',
      comment: `src/${folder} imports only what stands below it: ${floors.slice(0, height).flat().join(', ') || 'nothing'}.`,
      from: { path: path(folder) },
      to: { path: [path(...forbidden), '^src/main\\.ts$'] },
    };
  }),
);

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: 'config-is-handed-down',
      severity: 'error',
      comment:
        'The voice path takes its settings by value (src/voice/contract.ts), so it runs apart and tests without a file.',
      from: { path: path('base', 'protocols', 'media', 'talkgroups', 'voice') },
      to: { path: path('config') },
    },
    {
      name: 'web-stands-alone',
      severity: 'error',
      comment: 'The page shares the wire format with the gateway and nothing else.',
      from: { path: path('web') },
      to: { path: '^src/', pathNot: [path('web'), '^src/protocols/generated/'] },
    },
    {
      name: 'pure-core',
      severity: 'error',
      comment:
        'No socket, file, process, clock or logger in protocols, operations, media and talkgroups: event and time in, result out.',
      from: { path: path('protocols', 'media', 'talkgroups', 'operations') },
      to: {
        path: [
          '^(node:)?(dgram|net|tls|dns|fs|http|https|http2|child_process|cluster|worker_threads|timers|perf_hooks|process)(/|$)',
          '(^|/)node_modules/(pino|pino-pretty|fastify|ws|mediasoup|prom-client)/',
        ],
      },
    },
    {
      name: 'verifier-stands-alone',
      severity: 'error',
      comment: 'It goes into every package and runs where nothing of ours is.',
      from: { path: '^src/evidence/verify\\.mjs$' },
      to: { pathNot: '^(node:)?(crypto|fs|path|url)$' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Modules that need each other are one module.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolves',
      severity: 'error',
      comment: 'An import that leads nowhere.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-packages-in-src',
      severity: 'error',
      comment: 'What runs at a site must be a dependency. The page is bundled, so its packages are development ones.',
      from: { path: '^src/', pathNot: path('web') },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'src-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scenario|scripts)/' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^src/protocols/generated/.*\\.d\\.ts$'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
