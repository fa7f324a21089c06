#!/bin/sh
# npm as the set-up calls it, in no time: what it would install comes in small and in two halves, so that a kill in
# between leaves half a file. The two binaries are the real ones of this checkout: whether they run shows.
set -e
# slowly FILE TO: copies in two halves
slowly() {
  mkdir -p "$(dirname "$2")"
  head -c 100000 "$1" > "$2"
  sleep 0.05
  tail -c +100001 "$1" >> "$2"
  chmod 755 "$2"
}
# text TO TEXT
text() {
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" > "$1"
}

case "$1 $PWD" in
  ci*/tmp/node-*)
    echo node >> "$CALLS"
    prefix=node_modules/node-linux-$ARCH
    slowly "$REAL_NODE" $prefix/bin/node
    text $prefix/include/node/node_version.h "#define NODE_MODULE_VERSION $ABI"
    ;;
  ci*)
    echo npm >> "$CALLS"
    rm -rf node_modules
    text node_modules/@discordjs/opus/index.js "module.exports = require('./prebuild/' + require('fs').readdirSync(__dirname + '/prebuild')[0] + '/opus.node');"
    sleep 0.05
    text node_modules/vite/bin/vite.js "
      const { mkdirSync, writeFileSync } = require('fs');
      const out = process.argv[process.argv.indexOf('--outDir') + 1];
      mkdirSync(out, { recursive: true });
      writeFileSync(out + '/index.html', 'half ');
      setTimeout(() => writeFileSync(out + '/index.html', 'half and half'), 50);"
    text node_modules/protobufjs-cli/bin/pbjs "
      const { writeFileSync } = require('fs');
      const out = process.argv[process.argv.indexOf('--out') + 1];
      writeFileSync(out, 'half ');
      setTimeout(() => { writeFileSync(out, 'half and half'); writeFileSync(out.replace(/js\$/, 'd.ts'), 'types'); }, 50);"
    sleep 0.05
    text node_modules/mediasoup/worker/meson.build "common_sources = [ 'src/a.cpp', 'src/b.cpp' ]"
    for name in a b main; do text node_modules/mediasoup/worker/src/$name.cpp "// $name"; done
    text node_modules/mediasoup/worker/fbs/a.fbs ""
    ;;
  rebuild*)
    echo opus >> "$CALLS"
    slowly "$REAL_OPUS" node_modules/@discordjs/opus/prebuild/stand-in/opus.node
    ;;
  *)
    echo "npm $* is not played" >&2
    exit 1
    ;;
esac
