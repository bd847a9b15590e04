#!/bin/sh
# What an agent of the demo runs on each card: a program like any other, started by `studio worker run`.
# The first word is its part; the card comes on standard input.
cat > card.md
case $1 in
  writer)
    first='I collect what there is before I write a line.'
    second='The outline stands: three parts, the most useful one first.'
    question='Whom do we speak to?'
    one='People who use it daily' two='People who have never seen it' three='Both, on two pages'
    plan='"the outline" "the draft" "a reading aloud"'
    third='The draft is whole. I read it aloud and cut a third.'
    last='One page, written for this reader: %s. Every claim in it was checked.' ;;
  researcher)
    first='I begin with the numbers that we have.'
    second='Two explanations remain. They ask for different remedies.'
    question='Which one shall I follow first?'
    one='The one that is cheap to test' two='The one that more people meet' three=
    plan='"the numbers" "one explanation" "a remedy"'
    third='It holds: the same pattern shows in each of the last four weeks.'
    last='I took the path you chose (%s); the cause and a remedy are written down.' ;;
  *)
    first='First a test that shows it, then the smallest change.'
    second='The test fails as it should, so the fault is where we thought.'
    question='Should the old behaviour stay behind a switch for one release?'
    one='Keep a switch' two='Remove it now' three=
    plan='"a test that shows it" "the change" "all tests again"'
    third='The test passes, and so do the others.'
    last='The change is small and has its own test. The old behaviour: %s.' ;;
esac

# How far the plan is: so many of its steps are done.
done_of_plan() {
  left=$1
  items=
  eval "set -- $plan"
  for item in "$@"; do
    if [ "$left" -gt 0 ]; then state=true; else state=false; fi
    left=$((left - 1))
    items="$items${items:+,}{\"text\":\"$item\",\"done\":$state}"
  done
  echo "::studio {\"op\":\"todo\",\"items\":[$items]}"
}

# Begun again, it goes on where it was.
if [ "$STUDIO_SEGMENT" = 1 ]; then
  done_of_plan 0
  echo "$first"
  sleep "$PACE"
  done_of_plan 1
  echo "$second"
  sleep "$PACE"
fi
# Who answers at once is waited for; otherwise it ends here, is begun again later and then knows the answer.
answer=$("$STUDIO" agent ask "$question" --option "$one" --option "$two" ${three:+--option "$three"}) ||
  exit 0
done_of_plan 2
echo "“$answer”: understood."
sleep "$PACE"
echo "$third"
done_of_plan 3
sleep "$PACE"
printf "# What was decided\n\n%s\n\n%s\n" "$question" "$answer" > notes.md
"$STUDIO" agent deliver "Notes on what was decided." --file notes.md
printf "Done. $last\n" "$answer" > "$STUDIO_RUN_DIR/out/result.md"
