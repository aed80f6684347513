# Paperhouse in a container. The same image loads by itself (`docker run`), is the Prefect server, and is its worker
# (compose.yaml). It was checked without a container engine: tests/docs/test_containers.py says how far.
FROM python:3.12-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/paperhouse
# First what changes seldom: a change of the code does not install all packages again.
COPY requirements.lock ./
RUN /opt/paperhouse/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY flows flows
COPY seeds seeds
COPY transforms transforms
COPY warehouse warehouse
# setuptools, which builds it, is the one package that the lock does not hold; `pip check` fails the build where the lock is behind.
RUN /opt/paperhouse/bin/pip install --no-deps . && /opt/paperhouse/bin/pip check

FROM python:3.12-slim-bookworm
# git is for `paperhouse ingest --git-history`. Debian's version of the day is wanted, for its security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /data --create-home paperhouse
COPY --from=build /opt/paperhouse /opt/paperhouse
ENV PATH=/opt/paperhouse/bin:$PATH \
    DO_NOT_TRACK=1 \
    PAPERHOUSE_HOME=/data/home \
    PREFECT_HOME=/data/prefect \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
# Stale data make the container unhealthy and end nothing: `docker ps` shows it, and any monitor can ask for it.
HEALTHCHECK --interval=15m --timeout=30s --start-period=1h --retries=1 CMD ["paperhouse", "status", "--quiet"]
ENTRYPOINT ["paperhouse"]
CMD ["ingest"]
