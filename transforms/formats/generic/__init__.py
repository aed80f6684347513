"""The reader of last resort: any text with repeated structure that names papers, where no family claims it.

It looks for the record (the smallest repeated unit that holds one paper) and reads its fields by what they are.
It is no `DigestFormat` of its own: what it found decides the name (`generic_list`, `generic_json` ...).

The reader itself, `reader.read_generic`, is imported by who calls it: few loads meet a file that no family claims, and
its patterns take a tenth of a second to compile.
"""

from paperhouse.transforms.formats.generic.rules import FormatRule, format_rule, rule_for, suggested_block
from paperhouse.transforms.formats.generic.structure import Structure

__all__ = ["FormatRule", "Structure", "format_rule", "rule_for", "suggested_block"]
