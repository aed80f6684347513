"""Papers as citation managers read them: BibTeX, RIS, CSL-JSON, Markdown and Zotero RDF."""
