# One image for every part: the production form (docker-compose.yml) says which, the embedded one starts `veo run`.
FROM python:3.11.12-slim-bookworm AS packages
RUN python -m venv /opt/veo/.venv
WORKDIR /opt/veo
COPY requirements.lock ./
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r requirements.lock

FROM python:3.11.12-slim-bookworm
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends bubblewrap ffmpeg libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    postgresql-client redis-server \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /data --shell /usr/sbin/nologin veo
WORKDIR /opt/veo
COPY --from=packages /opt/veo/.venv .venv
COPY . .
RUN .venv/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation --editable .
USER veo
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 VEO_DATA=/data/veo
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=20s --start-period=90s CMD [".venv/bin/veo", "doctor"]
CMD [".venv/bin/veo", "run"]
