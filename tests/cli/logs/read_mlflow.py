"""Reads a folder of MLflow's files with the package mlflow: its experiments' runs as JSON."""
import json
import os
import sys

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # newer ones warn of files otherwise
from mlflow.entities import ViewType  # noqa: E402
from mlflow.store.tracking.file_store import FileStore  # noqa: E402

store = FileStore(sys.argv[1])
found = {}
for experiment in store.search_experiments():
    if experiment.experiment_id == "0":
        continue  # the store's own
    runs = store.search_runs([experiment.experiment_id], "", ViewType.ACTIVE_ONLY)
    found[experiment.name] = {
        run.info.run_name: {
            "status": run.info.status,
            "params": run.data.params,
            "metrics": {key: [[m.step, m.value] for m in store.get_metric_history(
                run.info.run_id, key)] for key in run.data.metrics},
        } for run in runs}
print(json.dumps(found))
