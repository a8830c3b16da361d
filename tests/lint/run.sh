#!/usr/bin/env bash
# usage: run.sh [FILTER [RESULTS]]   each check is one test; RESULTS gets "passed failed skipped name"
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
filter=${1:-} results=${2:-/dev/null}
jobs=${JOBS:-$(nproc)}
passed=0 failed=0 skipped=0
LLVM=14 # Debian 12's: another version formats and finds otherwise
output=$(mktemp)
trap 'rm -f "$output"' EXIT

code() { git ls-files --cached --others --exclude-standard -- '*.c' '*.h' | while read -r f; do
    [[ ! -e $f ]] || printf '%s\n' "$f"
done; }
scripts() { printf '%s\n' dev .ci/run; git ls-files --cached --others --exclude-standard -- '*.sh'; }

# is_ours TOOL: its version is the one that the tree is held to; otherwise the check is skipped.
is_ours() { "$1" --version | grep -q "version $LLVM\." || { "$1" --version | head -n 2; return 77; }; }

formatting() { is_ours clang-format || return; code | xargs -r clang-format --dry-run -Werror; }

layering() { python3 tests/lint/layering.py; }

calls() { python3 tests/lint/calls.py; }

rules() { python3 tests/lint/rules.py; }

# Every header of the tree, and the public ones as a C++ program sees them.
headers() {
    code | grep '\.h$' | grep -v '^include/' | grep -v '^tests/' |
        xargs -r -P "$jobs" -I{} gcc -std=gnu17 -D_GNU_SOURCE -Iinclude -Ilib -Ibench -Wall -Wextra \
            -Werror -fsyntax-only -x c -include {} /dev/null &&
        code | grep '^include/.*\.h$' | xargs -r -P "$jobs" -I{} gcc -std=c17 -Iinclude -Wall -Wextra \
            -Wpedantic -Werror -fsyntax-only -x c -include {} /dev/null &&
        for cxx in g++ clang++; do for standard in c++11 c++20; do
            code | grep '^include/.*\.h$' | xargs -r -P "$jobs" -I{} "$cxx" -std="$standard" \
                -Iinclude -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c++ -include {} \
                /dev/null || return
        done; done
}

# What ships, by the compiler's own database; tests are compiled with every warning, and that is it.
tidy() {
    is_ours clang-tidy || return
    cmake --preset clang -DSHUNT_TESTS=ON >/dev/null || return 1
    # One line a finding: the analyzer's path through the code is a run of clang-tidy away.
    code | grep -E '^(lib|apps|bench)/.*\.c$' | grep -Ev '^(apps/examples/hello|bench/peers/)' |
        xargs -r -n 1 -P "$jobs" clang-tidy --quiet -p build/clang 2>/dev/null | { ! grep -E '(error|warning): '; }
}

shell() { scripts | sort -u | xargs -r shellcheck; }

python() {
    git ls-files --cached --others --exclude-standard -- '*.py' | xargs -r python3 -c '
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name, encoding="utf-8").read(), name)'
}

for check in formatting layering calls rules headers shell python tidy; do
    [[ lint/$check == *"$filter"* ]] || continue
    start=$SECONDS
    status=0
    "$check" >"$output" 2>&1 || status=$?
    if ((status == 0)); then
        passed=$((passed + 1))
        printf '  ok    lint/%-12s %4d s\n' "$check" $((SECONDS - start))
    elif ((status == 77)); then
        skipped=$((skipped + 1))
        printf '  skip  lint/%-12s is for version %s: %s\n' "$check" "$LLVM" "$(tr -s '\n ' ' ' <"$output")"
    else
        failed=$((failed + 1))
        printf '  FAIL  lint/%-12s %4d s\n' "$check" $((SECONDS - start))
        head -n 100 "$output"
    fi
done
printf '%d %d %d lint -\n' "$passed" "$failed" "$skipped" >>"$results"
((failed == 0))
