"""What of the engine's methods the window itself says no errors of: a page or a job's row does."""

from __future__ import annotations

SHOWN_ELSEWHERE = frozenset(
    {
        "search",
        "judge",
        "undo_judgement",
        *("queues", "open_queue", "answer", "answered_before", "undo_answer", "make_queue"),
        *("judge_name", "set_judge_name", "set_guidelines", "remove_queue"),
        *("agreement", "disagreements", "settle"),
        *("train_from_judgements", "mine_negatives", "training_outlook", "training_curve"),
        *("training_estimate", "can_go_back", "begun_training", "remove_training"),
        *("activate_version", "activate_former", "remove_version", "export_version"),
        *("import_version", "reject_negative"),
        "prepare",
        "load_models",
        "preview_dataset",
        "import_dataset",
        "choose_model",
        "list_models",
        "plan_model",
        "download_model",
        "index",
        "embed",
        "parse_source",
        "evaluate",
        "runs",
        "compare_runs",
        "view_query",
        "evaluation_sources",
        "save_comparison",
        "remove_run",
        "align",
        "aligned_part",
        "aligned_table",
        "save_aligned_page",
        "explain",
    }
)
