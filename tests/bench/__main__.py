"""All benchmarks, one after the other: ``python -m tests.bench``."""

from tests.bench import bench_gradcheck, bench_grading, bench_serving, bench_training

bench_training.main()
bench_gradcheck.main()
bench_serving.main()
bench_grading.main()
