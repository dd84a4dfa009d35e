from core.inpainting.pulse import Pulse


def test_a_process_hangs_when_it_takes_no_time_of_the_cpu() -> None:
    slow, hung = Pulse(20, 0), Pulse(20, 0)
    for second in range(1, 100):
        # A starved one gets a little; beating alone takes next to nothing.
        slow.beat(second * 0.005, second)
        hung.beat(3 + second * 1e-4, second)
        assert not slow.is_lost(second)
        assert hung.is_lost(second) == (second > 21)
    assert slow.is_lost(130)
