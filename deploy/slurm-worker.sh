#!/bin/bash
# The job of one worker. Copy it, add what your cluster needs, and give the copy to
# 'nasnet search --launch slurm --slurm-template FILE'. What --jobs, --partition, --gres,
# --slurm-cpus, --slurm-memory, --slurm-time and --slurm-options say goes on sbatch's command line,
# and counts more than the lines below; so do the jobs' name, array and log files.
#
# A job whose node dies is queued again by Slurm, and adds to its log.
#SBATCH --requeue
#SBATCH --open-mode=append
# A minute before the time limit the worker is told to end: it gives its trials back.
#SBATCH --signal=B:TERM@60

# Here: module load, source venv/bin/activate, export PGPASSFILE=...

# exec: the signal goes to this process, and so to the worker.
exec @COMMAND@
