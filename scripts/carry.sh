#!/usr/bin/env bash
# Carries the memory of the watch from one CI run to the next, on an orphan branch. Why it is so: docs/decisions/0020-carrying.md
#
#   scripts/carry.sh run [--now INSTANT]              a whole run: pull, build, push; exit code of the build
#   scripts/carry.sh pull                             branch → .journal/ → store; where there is no branch yet, a first run
#   scripts/carry.sh build [OPTION…]                  `watcher build`, with a summary where the CI shows one; exit code as there
#   scripts/carry.sh push [--shrink] [--now INSTANT]  store → .journal/ → branch; what another run pushed meanwhile is merged in
#   scripts/carry.sh notify [--now INSTANT]           after the deploy: `watcher notify` one message at a time, each on the branch before the next
#   scripts/carry.sh verify URL FILE                  after the deploy: wait until the site at URL is the one that FILE (health.json) is of
#
# Exit codes: 0 fine, 1 what was deployed is not there (verify), nothing was reached (build) or a channel takes no message (notify), 2 the
# memory cannot be carried.
# From the environment: CARRY_WAIT_S, the first wait before a push is tried again (2); CARRY_PATIENCE_S, how long verify waits (300).
set -euo pipefail
export GIT_TERMINAL_PROMPT=0            # a wrong token is an error, not a question nobody answers

readonly BRANCH=journal REMOTE=origin FOLDER=.journal
readonly BASE=refs/watcher/journal      # the commit that the store holds: set after a load or a push, never before
readonly THEIRS=refs/watcher/theirs     # the newest commit fetched
readonly TRIES=6                        # the first push and five more

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }

# The last thing git said, in one line, without the credentials that an address may hold.
complaint() { grep -v '^hint:' "$scratch/said" | tr '\n' ' ' | sed -E 's#//[^/@ ]*@#//***@#g; s/[[:space:]]+/ /g; s/ $//' | cut -c1-400; }

watcher() {
  if [ -x .venv/bin/watcher ]; then .venv/bin/watcher "$@"; else command watcher "$@"; fi
}

python() {
  if [ -x .venv/bin/python ]; then .venv/bin/python "$@"; else command python3 "$@"; fi
}

# ------------------------------------------------------------------------------------------------------------------ git
# The branch is read and written by plumbing, with an index of its own: nothing is checked out, so that a killed run leaves no lock and no
# half-merged work tree, and the credentials are those of the clone that the CI made.

# Prints the newest commit of the branch on the other side, nothing where there is no such branch. Fails where the other side is not reached.
tip() {
  local found code=0
  found=$(git ls-remote --exit-code "$REMOTE" "refs/heads/$BRANCH" 2>"$scratch/said") || code=$?
  case $code in
    0) printf '%s\n' "${found%%[[:space:]]*}" ;;
    2) ;;
    *) return 1 ;;
  esac
}

# Fetches the branch to THEIRS. A clone without history, as CI makes them, stays one, whatever the age of the branch.
fetch() {
  local depth=()
  if [ "$(git rev-parse --is-shallow-repository)" = true ]; then depth=(--depth=1); fi
  git fetch --quiet --no-tags ${depth[@]+"${depth[@]}"} "$REMOTE" "+refs/heads/$BRANCH:$THEIRS" 2>"$scratch/said"
}

unreachable() { fail "The journal cannot be fetched: $(complaint). Nothing is built on an empty memory: run the job again once $REMOTE answers."; }

# plumb FOLDER COMMAND…: git with FOLDER as its work tree, whose bytes are kept as they are.
plumb() {
  local folder=$1
  shift
  GIT_INDEX_FILE="$scratch/index" git -C "$folder" --git-dir="$git_dir" --work-tree=. -c core.autocrlf=false -c core.fileMode=false "$@"
}

# unpack COMMIT FOLDER: makes FOLDER anew from what the commit holds.
unpack() {
  rm -rf "$2" "$scratch/index"
  mkdir "$2"
  plumb "$2" read-tree "$1"
  plumb "$2" checkout-index --all --force
}

# pack FOLDER: prints the tree that git keeps of it.
pack() {
  rm -f "$scratch/index"
  plumb "$1" add --all --force .
  plumb "$1" write-tree
}

# commit TREE [PARENT]: prints the new commit. Its message says how many entries and digests came.
commit() {
  local parent=${2:-} since
  if ! git config user.email >"$scratch/said"; then
    export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-watcher}" GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-watcher@localhost}"
    export GIT_COMMITTER_NAME="${GIT_COMMITTER_NAME:-$GIT_AUTHOR_NAME}" GIT_COMMITTER_EMAIL="${GIT_COMMITTER_EMAIL:-$GIT_AUTHOR_EMAIL}"
  fi
  since=${parent:-$(git hash-object -t tree /dev/null)}
  {
    printf 'journal:%s\n\n[skip ci]\n' "$(git diff-tree -r --numstat --no-renames "$since" "$1" | counts)"
  } >"$scratch/message"
  git commit-tree "$1" ${parent:+-p "$parent"} -F "$scratch/message"
}

# "added deleted path" lines → " +12 entries, 3 revised, 1 digest": a line of a month is an entry, a file of digests/ is a digest.
counts() {
  awk -F '\t' '$3 ~ /^entries\// { new += $1 - $2; revised += $2 }
               $3 ~ /^digests\// { digests++ }
               END { if (new) said = sprintf(", %+d %s", new, (new == 1 || new == -1) ? "entry" : "entries")
                     if (revised) said = said sprintf(", %d revised", revised)
                     if (digests) said = said sprintf(", %d %s", digests, digests == 1 ? "digest" : "digests")
                     print said == "" ? " looked, nothing new" : substr(said, 2) }'
}

# ------------------------------------------------------------------------------------------------------------- commands

pull() {
  local newest
  newest=$(tip) || unreachable
  if [ -z "$newest" ]; then
    git update-ref -d "$BASE"
    rm -rf "$FOLDER"
    say "There is no branch $BRANCH at $REMOTE: this is a first run. (If it is not, somebody has deleted the branch: stop here and put it back.)"
    watcher journal load "$FOLDER" --new
    return
  fi
  fetch || unreachable
  unpack "$THEIRS" "$FOLDER"
  watcher journal load "$FOLDER"
  git update-ref "$BASE" "$THEIRS"
}

# What was seen is kept also when no source could be reached (code 1): how often they failed is worth knowing.
run() {
  local code=0
  "$self" pull
  "$self" build "$@" || code=$?
  if [ "$code" -le 1 ]; then "$self" push "$@"; fi
  return "$code"
}

build() {
  local code=0 token
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  # What publishers wrote must not be taken for a command to the runner.
  if [ -n "${GITHUB_ACTIONS:-}" ]; then printf '::stop-commands::%s\n' "$token"; fi
  watcher build --json "$@" >"$scratch/report" || code=$?
  if [ -n "${GITHUB_ACTIONS:-}" ]; then printf '::%s::\n' "$token"; fi
  if [ "$code" -le 1 ]; then python -I -c "$SUMMARY" "$scratch/report" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"; fi
  return "$code"
}

# Only counts, and words that are ours: no text of a publisher's is shown as Markdown.
readonly SUMMARY='
import collections, json, sys
run = json.load(open(sys.argv[1], encoding="utf-8"))
classes = collections.Counter(failure["class"] for failure in run["failed"].values())
print("| asked | not due | new entries | unchanged | failed | digest | site |\n|---|---|---|---|---|---|---|")
print("|", " | ".join(map(str, (run["asked"], run["not_due"], len(run["announced"]), run["unchanged"], len(run["failed"]),
                               run["digest"] or "–", "changed" if run["site_changed"] else "as before"))), "|")
if classes:
    print("\nFailed: " + ", ".join(f"{name} × {many}" for name, many in classes.most_common()) + ". The sources page has the reasons.")
'

# A message that is sent and not on the branch would be sent again by the next run: so a run that is killed repeats one message at most.
notify() {
  local code left token
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  while :; do
    code=0
    watcher notify --json --most 1 "$@" >"$scratch/report" || code=$?
    if [ "$code" -gt 1 ]; then return "$code"; fi
    # A publisher's title is no command to the runner.
    if [ -n "${GITHUB_ACTIONS:-}" ]; then printf '::stop-commands::%s\n' "$token"; fi
    left=$(python -I -c "$NOTIFIED" "$scratch/report")
    if [ -n "${GITHUB_ACTIONS:-}" ]; then printf '::%s::\n' "$token"; fi
    "$self" push "$@"
    if [ "$left" = 0 ]; then return "$code"; fi
  done
}

# Says on standard error what became of the messages; prints how many are left.
readonly NOTIFIED='
import json, sys
run = json.load(open(sys.argv[1], encoding="utf-8"))
for channel in run["channels"]:
    for line in [channel["lacks"], *("%(outcome)s: %(subject)s %(reason)s" % one for one in channel["messages"])]:
        if line:
            print("%s: %s" % (channel["name"], line.strip()), file=sys.stderr)
print(run["left"])
'

push() {
  local shrink=() now=() tree old new theirs attempt wait=${CARRY_WAIT_S:-2} merged=""
  while [ $# -gt 0 ]; do
    case $1 in
      --shrink) shrink=(--shrink); shift ;;
      --now) now=(--now "${2:?--now needs an instant}"); shift 2 ;;
      *) usage ;;
    esac
  done
  watcher journal save "$FOLDER" ${shrink[@]+"${shrink[@]}"}
  tree=$(pack "$FOLDER")
  old=$(git rev-parse --quiet --verify "$BASE^{commit}" || true)
  if [ -n "$old" ] && [ "$tree" = "$(git rev-parse "$old^{tree}")" ]; then
    theirs=$(tip) || theirs=unknown
    if [ -n "$theirs" ]; then
      say "The journal is as it was: nothing to push."
      return
    fi
    old=""                                      # somebody has deleted the branch meanwhile
  fi
  new=$(commit "$tree" "$old")
  for ((attempt = 1; ; attempt++)); do
    if git push --quiet "$REMOTE" "$new:refs/heads/$BRANCH" 2>"$scratch/said"; then break; fi
    if [ "$attempt" -ge "$TRIES" ]; then
      fail "The journal was not pushed in $TRIES tries: $(complaint). Nothing is lost on the branch; what this run saw, the next one sees again."
    fi
    say "Not pushed: $(complaint)"
    sleep "$((wait + RANDOM % (wait + 1)))"      # runs that collided once do not so again in step
    wait=$((wait * 2))
    theirs=$(tip) || continue
    if [ "$theirs" = "$old" ]; then continue; fi
    if [ -n "$theirs" ]; then
      fetch || continue
      join
      merged=yes
      theirs=$(git rev-parse "$THEIRS")
      tree=$(pack "$FOLDER.merged")
    fi
    old=$theirs
    if [ -n "$old" ] && [ "$tree" = "$(git rev-parse "$old^{tree}")" ]; then new=$old; break; fi
    new=$(commit "$tree" "$old")
  done
  say "The journal is pushed: $(git log -1 --format=%s "$new")"
  if [ -n "$merged" ]; then rebuild ${now[@]+"${now[@]}"}; fi
  git update-ref "$BASE" "$new"
}

# What another run pushed meanwhile and what this one saw, in a folder beside: that of this run stays as it was saved until the push is through,
# so that a run killed before can be done again.
join() {
  say "Another run has pushed meanwhile: what it saw is merged with what this one saw."
  unpack "$THEIRS" "$FOLDER.theirs"
  rm -rf "$FOLDER.merged"
  watcher journal merge "$FOLDER" "$FOLDER.theirs" "$FOLDER.merged"
  rm -rf "$FOLDER.theirs"
}

# The site that is deployed is the one of the branch, also after a merge.
rebuild() {
  rm -rf "$FOLDER"
  mv "$FOLDER.merged" "$FOLDER"
  watcher journal load "$FOLDER"
  if [ -d site ]; then watcher build --offline "$@"; fi
}

verify() {
  local address=${1:?an address} file=${2:?a health.json} built published="" deadline
  case $address in */health.json) ;; *) address=${address%/}/health.json ;; esac
  built=$(python -I -c "$LOOKED_AT" "$file") || fail "There is no looked_at in $file: build the site first."
  deadline=$((SECONDS + ${CARRY_PATIENCE_S:-300}))
  while :; do
    # A query of its own goes past the caches on the way.
    published=$(python -I -c "$LOOKED_AT" "$address?looked_at=$built-$SECONDS") || published=${published:-"no health.json"}
    if [ "$published" = "$built" ]; then
      say "Published: $address is of $built."
      return
    fi
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "The site that was built is not the one that is published: built at $built, $address says: $published. See Pages in the settings."
      exit 1
    fi
    sleep "$((${CARRY_PATIENCE_S:-300} < 30 ? 1 : 5))"
  done
}

# Prints `looked_at` of a file or an address, or why there is none.
readonly LOOKED_AT='
import json, sys, urllib.request
where = sys.argv[1]
try:
    with urllib.request.urlopen(where, timeout=20) if "://" in where else open(where, "rb") as file:
        print(str(json.loads(file.read(20_000_000))["looked_at"])[:40])
except Exception as error:
    sys.exit(print(" ".join(f"{type(error).__name__}: {error}".split())[:200]) or 1)
'

usage() {
  sed -n '3,9s/^# *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

command=${1:-}
[ $# -gt 0 ] && shift
case $command in
  run | pull | build | push | notify | verify) ;;
  *) usage ;;
esac
self=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/carry.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ "$command" != verify ]; then
  top=$(git rev-parse --show-toplevel) || exit 2
  cd "$top"
  git_dir=$(cd "$(git rev-parse --git-dir)" && pwd)
fi
"$command" "$@"
