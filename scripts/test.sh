#!/usr/bin/env bash
# Everything there is to check, from a fresh clone: dependencies, build, layers, lint, format, unit and contract specs, then the specs with
# real processes (ZooKeeper, broker, clients). Prints jest's own summaries and, as its last line, `N passed, N failed`.
#   scripts/test.sh            all
#   scripts/test.sh --quick    without the real processes
. "$(dirname "$0")/lib/common.sh"

quick=
case ${1:-} in
  '') ;;
  --quick) quick=yes ;;
  --help | -h) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) die "unknown option $1 (see test.sh --help)" ;;
esac

ensure_built
cd "$OTTLA_ROOT"
results=$(mktemp -d "${TMPDIR:-/tmp}/ottla-results.XXXXXX")
trap 'rm -rf "$results"' EXIT
passed=0 failed=0

# One check, counted as one test; its whole output is shown when it fails.
check() {
  local what=$1
  shift
  if "$@" >"$results/check.log" 2>&1; then
    passed=$((passed + 1))
    note "ok    $what"
  else
    failed=$((failed + 1))
    note "FAIL  $what"
    cat "$results/check.log" >&2
  fi
}

# A jest run; its counts come from its own report. A run that breaks before it reports counts as one failure.
specs() {
  local name=$1 counts status=0
  shift
  note ""
  note "== $name"
  rm -f "$results/$name.json"
  node_modules/.bin/jest "$@" --json --outputFile="$results/$name.json" --silent=false >/dev/null || status=$?
  if counts=$(node -p 'const r = require(process.argv[1]); r.numTotalTests + r.numRuntimeErrorTestSuites > 0
    ? `${r.numPassedTests} ${r.numFailedTests + r.numRuntimeErrorTestSuites}` : process.exit(1)' "$results/$name.json" 2>/dev/null); then
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
    [ "$status" = 0 ] || [ "${counts#* }" != 0 ] || failed=$((failed + 1))
  else
    failed=$((failed + 1))
    note "$name broke before it could report (jest exit code $status)"
  fi
}

check "imports run downwards, pure places are pure" node scripts/check-layers.cjs
check "lint" node_modules/.bin/oxlint --type-aware
check "format" node_modules/.bin/biome check .
specs unit --config jest.config.cjs
[ -n "$quick" ] || specs processes --config jest.processes.config.cjs --runInBand

note ""
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
