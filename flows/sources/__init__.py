"""Where digests come from: files, archives, git repositories, the seeds."""
