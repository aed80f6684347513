"""The help screen of the group: every command under a heading, on one line, uncut."""

from click.testing import CliRunner

from paperhouse.flows.cli.main import SECTIONS, main


def test_every_command_stands_once_under_a_heading_with_its_whole_first_line():
    shown = CliRunner().invoke(main, ["--help"], terminal_width=100).output.splitlines()
    for heading, commands in SECTIONS.items():
        assert f"{heading}:" in shown
        for command in commands:
            first_line = command.help.split("\n")[0].strip("\b").strip()
            (line,) = (line for line in shown if line.split()[:1] == [command.name])
            assert (
                line.removeprefix("  ").removeprefix(command.name).strip()
                == first_line.removesuffix(".") + "."
            )
    assert not [line for line in shown if "..." in line and "[ARGS]" not in line]


def test_every_command_is_listed():
    listed = [command.name for commands in SECTIONS.values() for command in commands]
    assert sorted(listed) == sorted(main.commands)
    assert len(listed) == len(set(listed))
