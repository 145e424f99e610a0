# test.sh, sourced by tasks.sh: `./run test`. Each preset is built and its tests are run; then one summary over all of them.
presets=(release) exhaustive='' add='' names=()
for argument in "$@"; do
  case $argument in
    --asan) presets+=(asan) ;;
    --tsan) presets+=(tsan) ;;
    --exhaustive) exhaustive=1 ;;
    --all) presets+=(asan tsan); exhaustive=1 ;;
    --add) add=1 ;;
    -*) say "there is no option $argument; ./run help lists them"; exit 2 ;;
    *) names+=("$argument") ;;
  esac
done
if [ -n "$exhaustive" ]; then export GLOVEBOX_EXHAUSTIVE=1; fi

summary=()
for preset in "${presets[@]}"; do
  start=$SECONDS
  say "building $preset"
  targets=() select=()
  [ "$preset" = release ] || targets=(unit_tests) select=(-L unit) # what starts whole programs runs once, as it is shipped
  if ! build "$preset" "${targets[@]}"; then
    summary+=(--failed "the build of preset $preset")
    continue
  fi
  say "built $preset in $((SECONDS - start)) s; testing"
  [ -n "$exhaustive" ] || select+=(-LE exhaustive)
  [ ${#names[@]} = 0 ] || select+=(-R "$(IFS='|'; echo "${names[*]}")")
  results=build/$preset/test-results
  report=$results.xml
  if [ -n "$add" ] && [ -e "$report" ]; then             # what these come to counts, and else what the last run came to
    report=$results.added.xml
  else
    rm -rf "$results" "$results.added.xml"; mkdir -p "$results"
    ctest --test-dir "build/$preset" "${select[@]}" --show-only=json-v1 > "$results.list"
  fi
  ctest --test-dir "build/$preset" "${select[@]}" -j "$jobs" --output-on-failure --output-junit "$checkout/$report" \
    < /dev/null || :                                      # the summary knows better: it also sees what left no result
  summary+=("$preset=$results")
  say "tested $preset, $((SECONDS - start)) s with its build"
done
exec python3 "$tools/test_summary.py" "${summary[@]}"
