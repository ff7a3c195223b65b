import { BOARDS } from "./boards.ts";
import { ruleGroups } from "./rules.ts";

/** By this label Grafana's sidecar finds the boards in a cluster; that is what its chart looks for. */
const SIDECAR_LABEL = { grafana_dashboard: "1" };

/**
 * What `kubectl apply -k dashboards` puts into a cluster. It lies at the top of the folder, because a kustomization may
 * only name files below itself; a board has a map of its own, because all of them would be near the most that one holds.
 */
export function kustomization() {
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: ["kubernetes/pod-monitor.yaml", "kubernetes/prometheus-rule.yaml"],
    configMapGenerator: BOARDS.map(({ uid }) => ({ name: uid, files: [`grafana/${uid}.json`] })),
    // Names without a checksum: nobody but the sidecar reads the maps, and it follows their changes.
    generatorOptions: {
      disableNameSuffixHash: true,
      labels: SIDECAR_LABEL,
      annotations: { grafana_folder: "seatmeter" },
    },
  };
}

/** The rules of `prometheus/rules.yaml`, as the Prometheus operator takes them. */
export function prometheusRule() {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "seatmeter" },
    spec: { groups: ruleGroups() },
  };
}
