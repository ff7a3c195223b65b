# The daemon in a container that may do little: not root, nothing to write but /data, its packages without those for
# development, no scripts of packages run.

FROM node:24.21.0-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages are Nodes for machines that have none; the image has one.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24.21.0-slim
# For a daemon without REDIS_URL, which runs one of its own below /data. No service is started in an image.
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node -m 0700 /data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE seatmeter.example.yaml ./
COPY client-shim client-shim
COPY daemon daemon

# Reached from outside the container, so the register must say who may come in, and have TLS or a proxy: see README.
ENV NODE_ENV=production \
    SEATMETER_REGISTER=/etc/seatmeter/seatmeter.yaml \
    SEATMETER_DATA=/data \
    SEATMETER_LISTEN=0.0.0.0:7070
VOLUME /data
EXPOSE 7070
USER node
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["node", "daemon/healthcheck.ts"]
CMD ["node", "--min-semi-space-size=16", "--max-semi-space-size=16", "daemon/main.ts"]
