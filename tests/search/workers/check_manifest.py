"""Checks the fields of the Kubernetes manifest that a worker depends on."""

import sys

import yaml

with open(sys.argv[1]) as file:
    documents = [d for d in yaml.safe_load_all(file) if d]
jobs = [d for d in documents if d["kind"] == "Job"]
assert len(jobs) == 1, "one Job"
job = jobs[0]
assert job["apiVersion"] == "batch/v1"
assert job["spec"]["parallelism"] >= 1
assert "completions" not in job["spec"], "workers end when the study does, not one by one"
assert job["spec"]["backoffLimit"] >= 1
pod = job["spec"]["template"]["spec"]
assert pod["restartPolicy"] in ("OnFailure", "Never"), "what a Job allows"
assert pod["terminationGracePeriodSeconds"] >= 30, "time to give trials back"
(container,) = pod["containers"]
for kind in ("requests", "limits"):
    assert {"cpu", "memory"} <= set(container["resources"][kind]), kind
command = container["command"] + container.get("args", [])
assert command[:2] == ["nasnet", "worker"], command
assert command[command.index("--store") + 1] == "$(NASNET_STORE)"
assert "--study" in command and "--workers" in command
(store,) = [e for e in container["env"] if e["name"] == "NASNET_STORE"]
secret = store["valueFrom"]["secretKeyRef"]
assert "value" not in store and secret["name"] and secret["key"]
for document in documents:
    assert document["kind"] != "Secret", "no passwords in a file that people check in"
volumes = {v["name"] for v in pod.get("volumes", [])}
for mount in container.get("volumeMounts", []):
    assert mount["name"] in volumes, mount
print("the manifest is well")
