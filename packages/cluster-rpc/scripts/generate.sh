#!/usr/bin/env bash
# Writes generated/cluster.js and generated/cluster.d.ts from the .proto files. Run it after each change to them.
#   scripts/generate.sh [DIR]     another folder to write to (the spec compares)
set -euo pipefail
package="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
out="${1:-$package/generated}"
mkdir -p "$out"
cd "$package/proto"
pbjs="$(cd "$package" && node -p 'require.resolve("protobufjs-cli/bin/pbjs")')"
generate() {
  node "$pbjs" -t static-module -w commonjs -r ottla-cluster --no-verify --no-delimited --no-typeurl --no-convert --no-create \
    --no-service -p . "$@" ottla/cluster/v1/{common,replication,controller,broker}.proto
}
# Types come from the comments, which would double the size of the code.
generate -d -o "$out/cluster.js"
generate --no-comments -o "$out/cluster.js"
