//! The failed tests of a TAP stream, each with its diagnostics; nothing of those that passed.

/// An open test: its name and depth.
struct Level {
    indent: usize,
    name: String,
}

/// For each failed test its path of names and its block (error, stack), in the order of the stream. A suite that failed
/// only because a test in it did is left out: the test is there.
pub fn failed(output: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut path: Vec<Level> = Vec::new();
    let mut lines = output.lines().peekable();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if let Some(name) = text.strip_prefix("# Subtest: ") {
            path.retain(|level| level.indent < indent);
            path.push(Level { indent, name: name.to_owned() });
            continue;
        }
        let Some(test) = text.strip_prefix("not ok ") else { continue };
        if test.contains(" # TODO") || test.contains(" # SKIP") {
            continue;
        }
        let name = test.split_once(" - ").map_or(test, |(_, name)| name);
        let mut block = Vec::new();
        // The block is indented by two more than its test, between `---` and `...` on lines of their own.
        let deeper = " ".repeat(indent + 2);
        if lines.peek().is_some_and(|next| next.strip_prefix(&deeper) == Some("---")) {
            lines.next();
            block.extend(
                lines.by_ref().map(|line| line.strip_prefix(&deeper).unwrap_or(line)).take_while(|line| *line != "..."),
            );
        }
        if !only_by_its_tests(&block) {
            let names = path.iter().filter(|level| level.indent < indent).map(|level| level.name.as_str());
            let names: Vec<_> = names.chain([name]).collect();
            found.push(format!(
                "{}\n{}",
                names.join(" > "),
                block.iter().map(|line| format!("  {line}\n")).collect::<String>()
            ));
        }
    }
    found
}

fn only_by_its_tests(block: &[&str]) -> bool {
    block.contains(&"failureType: 'subtestsFailed'")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "TAP version 13
# Subtest: the editor
    # Subtest: signing in
        # Subtest: sends nothing
        ok 1 - sends nothing
          ---
          duration_ms: 1.2
          ...
        # Subtest: takes a token
        not ok 2 - takes a token
          ---
          duration_ms: 60000.1
          error: |-
            waited in vain for the number
              ...
            not ok 9 - is text
          stack: |-
            until (file:///project/editor.mjs:366:33)
          ...
        1..2
    not ok 1 - signing in
      ---
      type: 'suite'
      failureType: 'subtestsFailed'
      error: '1 subtest failed'
      ...
    # Subtest: notices
        # Subtest: come once
        not ok 1 - come once
          ---
          failureType: 'cancelledByParent'
          ...
        1..1
    not ok 2 - notices
      ---
      type: 'suite'
      failureType: 'hookFailed'
      error: 'no window'
      ...
not ok 1 - the editor
  ---
  type: 'suite'
  failureType: 'subtestsFailed'
  ...
not ok 2 - later # TODO
# pass 1
# fail 2";

    #[test]
    fn a_failed_test_is_shown_with_its_path_and_its_block_and_nothing_of_the_others() {
        let found = failed(STREAM);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(
            found[0].starts_with("the editor > signing in > takes a token\n  duration_ms: 60000.1\n"),
            "{}",
            found[0]
        );
        assert!(found[0].contains("not ok 9 - is text") && found[0].ends_with("(file:///project/editor.mjs:366:33)\n"));
        assert!(!found.concat().contains("sends nothing") && !found.concat().contains("subtest failed"));
    }

    #[test]
    fn a_suite_whose_hook_failed_is_shown_itself() {
        let found = failed(STREAM);
        assert!(found[1].starts_with("the editor > notices > come once\n"), "{}", found[1]);
        assert!(found[2].starts_with("the editor > notices\n") && found[2].contains("no window"), "{}", found[2]);
    }

    #[test]
    fn what_is_cut_off_or_no_tap_is_shown_as_far_as_it_goes() {
        assert_eq!(failed("not ok 1 - alone\n  ---\n  error: 'cut"), ["alone\n  error: 'cut\n"]);
        assert_eq!(failed("not ok 1 - alone"), ["alone\n"]);
        assert!(failed("7 passed, 2 failed").is_empty());
    }
}
