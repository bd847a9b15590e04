#!/bin/sh
# An agent that does what its first word says, each of it something that a program has been seen to do.
case "$1" in
  succeed) echo "working"; printf 'All done.\n' > "$STUDIO_RUN_DIR/out/result.md" ;;
  print-result) echo "The answer is 42." ;;
  no-result) exit 0 ;;
  fail) echo "it broke" >&2; exit 7 ;;
  # Ends only when its input does.
  read-input) cat > /dev/null; echo "input ended" ;;
  echo-input) cat ;;
  # Its result is what it was told.
  repeat-input) cat > "$STUDIO_RUN_DIR/out/result.md" ;;
  # It changes the working tree that it is begun in.
  edit) echo two > a.txt; echo new > b.txt; echo "Edited." ;;
  # It puts a repository of its own there, which names a program to run whenever a file is added.
  poison) rm -f .git; git init -q .; git config filter.x.clean "touch $POISONED; cat"
    echo '* filter=x' > .gitattributes; echo two > a.txt; echo new > b.txt; echo "Edited." ;;
  hang) exec sleep 1000 ;;
  print-and-hang) echo "thinking"; exec sleep 1000 ;;
  ignore-signals) trap '' INT TERM; echo "here"; while :; do sleep 1000; done ;;
  heed-int) trap 'echo "interrupted"; exit 0' INT; echo "here"; while :; do sleep 1000 & wait; done ;;
  # A child in a session of its own, which a signal to the group does not reach.
  escape) setsid sh -c 'trap "" INT TERM; echo "escaped"; sleep 1000' & sleep 1000 ;;
  leave-child) setsid sh -c ': > "$1"; exec sleep 1000' sh "$STUDIO_RUN_DIR/left" &
    while [ ! -e "$STUDIO_RUN_DIR/left" ]; do sleep 0.02; done; echo "left" ;;
  # It took itself off the list of those that are found by their variable.
  leave-nameless) env -i setsid sh -c ': > "$1"; exec sleep 1000' sh "$STUDIO_RUN_DIR/left" &
    while [ ! -e "$STUDIO_RUN_DIR/left" ]; do sleep 0.02; done; echo "left" ;;
  flood) yes 0123456789abcdef0123456789abcdef0123456789abcdef012345678901234 | head -c 50000000 ;;
  half-character) printf 'gr\303\274n \303' ;;
  spend) echo '::studio {"op":"usage","cost_usd":0.5}'; echo '::studio {"op":"usage","cost_usd":6.5}'; exec sleep 1000 ;;
  # The secret comes in two pieces.
  leak) printf 'the key is %s' "$(printf %s "$FAKE_SECRET" | cut -c1-9)"; sleep 0.05; printf '%s, keep it\n' "$(printf %s "$FAKE_SECRET" | cut -c10-)" ;;
  variables) env | sort ;;
  where) pwd ;;
  ask-by-line) echo '::studio {"op":"ask","name":"colour","body":"Which colour?"}'
    while [ ! -e "$STUDIO_RUN_DIR/answers/colour.json" ]; do sleep 0.02; done
    cat "$STUDIO_RUN_DIR/answers/colour.json"; echo ;;
  ask-by-file) printf '{"body":"Which size?"}' > "$STUDIO_RUN_DIR/ask/size.tmp"; mv "$STUDIO_RUN_DIR/ask/size.tmp" "$STUDIO_RUN_DIR/ask/size.json"
    while [ ! -e "$STUDIO_RUN_DIR/answers/size.json" ]; do sleep 0.02; done
    cat "$STUDIO_RUN_DIR/answers/size.json"; echo ;;
  ask-twice) echo '::studio {"op":"ask","name":"a","body":"First?"}'; echo '::studio {"op":"ask","name":"b","body":"Second?"}'
    while [ ! -e "$STUDIO_RUN_DIR/answers/a.json" ] || [ ! -e "$STUDIO_RUN_DIR/answers/b.json" ]; do sleep 0.02; done
    cat "$STUDIO_RUN_DIR/answers/a.json" "$STUDIO_RUN_DIR/answers/b.json" > "$STUDIO_RUN_DIR/out/result.md" ;;
  die) kill -9 $$ ;;
  final-and-hang) echo '{"type":"result","subtype":"success","is_error":false,"result":"Done.","session_id":"s","num_turns":1}'; exec sleep 1000 ;;
  *) echo "unknown behaviour: $1" >&2; exit 64 ;;
esac
