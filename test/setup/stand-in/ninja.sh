#!/bin/sh
# ninja as the set-up calls it: pieces that are there are not made again, then the real worker in two halves.
set -e
echo worker >> "$CALLS"
for piece in piece-*.cpp; do
  object="${piece%.cpp}.o"
  test -e "$object" && continue
  sleep 0.03
  echo "$piece" > "$object"
done
head -c 100000 "$REAL_WORKER" > mediasoup-worker
sleep 0.05
cat "$REAL_WORKER" > mediasoup-worker
chmod 755 mediasoup-worker
