//! The examples of the README, run as they stand there against the real program.

use crate::support::demo::Demo;

/// The blocks of code in one language that use the demo's doors.
fn examples(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let fence = format!("```{language}\n");
    let blocks = readme.split(&fence).skip(1);
    let code = blocks.map(|rest| rest.split("```").next().unwrap().to_owned());
    code.filter(|code| code.contains("EVENKEEL_TOKEN")).collect()
}

#[test]
fn the_examples_in_the_readme_do_what_they_say() {
    let demo = Demo::start();
    for (language, program, expected) in [
        ("sh", "sh", vec!["\"items\""]),
        (
            "python",
            "python3",
            vec!["opened 2", "Saltmarsh approves: approved", "conflict_resolution  2.0 red"],
        ),
    ] {
        let code = examples(language);
        assert_eq!(code.len(), 1, "one example in {language}");
        let output = demo.run(program, &code[0]);
        let (said, complained) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}{complained}");
        for sentence in expected {
            assert!(said.contains(sentence), "{sentence:?} is not in {said}{complained}");
        }
    }
}
