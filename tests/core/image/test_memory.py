import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image import memory
from core.image.memory import MemoryBudget, ram_bytes


@given(wanted=st.integers(0, 1 << 45), ram=st.integers(1 << 20, 1 << 45))
def test_the_parts_are_the_whole_and_the_default_a_quarter_of_the_memory(
    wanted: int, ram: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory, "ram_bytes", lambda: ram)
        budget = MemoryBudget.of(wanted)
    parts = budget.levels_bytes, budget.display_bytes, budget.reduced_bytes
    assert sum(parts) == budget.total_bytes
    assert min(parts) > 0
    least = 64 << 20
    if wanted:
        assert budget.total_bytes == max(wanted, least)
    else:
        assert least <= budget.total_bytes <= max(least, min(ram // 4, 1 << 30))


def test_the_memory_of_this_machine_is_known() -> None:
    assert ram_bytes() > 1 << 28
