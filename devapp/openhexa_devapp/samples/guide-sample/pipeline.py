"""Tells the task that launched it how it goes, as the integration guide of Iaso and OpenHEXA describes.

The connection `iaso-pipeline` says where the tasks are (`url`) and holds the token (`value`).
"""

import time

import requests
from openhexa.sdk import current_run, parameter, pipeline, workspace


@pipeline("Iaso sample", timeout=300)
@parameter("task_id", name="Task", type=str, help="Filled in by what launches the pipeline.")
@parameter("pipeline_id", name="Pipeline", type=str, help="Filled in by what launches the pipeline.")
@parameter("country", name="Country", type=str, default="Burkina Faso")
@parameter("demo_data", name="Use demo data", type=bool, default=True)
@parameter("max_records", name="Maximum number of records", type=int, default=1000)
@parameter("confidence", name="Confidence threshold", type=float, default=0.85)
def iaso_sample(task_id, pipeline_id, country, demo_data, max_records, confidence):
    task = Task(task_id, pipeline_id)
    current_run.log_info(f"{country}: at most {max_records} records, confidence from {confidence}")
    task.report("RUNNING", "Processing data...", 25)
    try:
        result = process(country, demo_data, max_records, confidence)
    except Exception as error:
        task.report("ERROR", f"Processing failed: {error}", 100)
        raise
    task.report("SUCCESS", "Processing completed", 100, result)


def process(country, demo_data, max_records, confidence):
    """A stand-in for real work: two seconds, then a few numbers."""
    time.sleep(2)
    return {
        "country": country,
        "records_processed": max_records,
        "confidence_score": confidence,
        "demo_data_used": demo_data,
        "status": "completed",
    }


class Task:
    """The task on the side of what launched this pipeline. A report that does not arrive does not end the run."""

    def __init__(self, task_id, pipeline_id):
        self.task_id = task_id
        self.pipeline_id = pipeline_id

    def report(self, status, message, progress, result=None):
        try:
            answer = self.send(status, message, progress, result)
        except Exception as error:
            current_run.log_error(f"The task could not be told about {status}: {error}")
            return
        if answer.ok:
            current_run.log_info(f"The task knows: {status}")
        else:
            current_run.log_error(f"The task was not changed to {status}: HTTP {answer.status_code}")

    def send(self, status, message, progress, result):
        connection = workspace.custom_connection("iaso-pipeline")
        return requests.patch(
            f"{connection.url}/api/openhexa/pipelines/{self.pipeline_id}/",
            json={
                "task_id": self.task_id,
                "status": status,
                "progress_message": message,
                "progress_value": progress,
                "end_value": 100,
                "result": result,
            },
            headers={"Authorization": f"Bearer {connection.value}"},
            timeout=30,
        )


if __name__ == "__main__":
    iaso_sample()
