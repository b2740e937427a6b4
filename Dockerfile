# One binary in a small Debian image.
#
#     docker build --tag hyperion .
#     docker run --publish 8000:8000 --volume hyperion:/data hyperion

FROM rust:1.95-slim-bookworm AS build
# The C parts (libgit2, SQLite, the tree-sitter grammars, the TLS library) are compiled from their sources.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked && cp target/release/hyperion /hyperion

FROM debian:bookworm-slim
# git speaks the transfer protocol when mirrors are fetched; the certificates let it trust GitHub.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin hyperion
COPY --from=build /hyperion /usr/local/bin/hyperion
COPY LICENSE LICENSE-APACHE LICENSE-MIT /usr/share/doc/hyperion/
USER hyperion
VOLUME /data
EXPOSE 8000
ENV HYPERION_LISTEN=0.0.0.0:8000 \
    HYPERION_DATA_DIR=/data
ENTRYPOINT ["hyperion"]
CMD ["serve"]
