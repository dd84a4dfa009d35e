"""Starting the rating window: the look, the log and the name of the window's own application."""

from pathlib import Path

from desktop.app import make_application
from desktop.display_color import SRGB
from desktop.mistakes import log_to, survive_mistakes
from desktop.monitor import monitor_space
from desktop.places import Places
from desktop.rating.rating_window import RatingWindow
from desktop.rating.request import RatingRequest
from desktop.rating.scores import ScoreSheet
from desktop.settings import load_settings
from desktop.termination import Termination


def run(request: RatingRequest) -> int:
    """Show the rating until it is closed; return the process's exit code.

    Raises RatingError, before any window, if the scores cannot be kept.
    """
    sheet = ScoreSheet(request.scores)
    app = make_application()
    places = Places.of_user()
    settings, _ = load_settings(places.settings)
    monitor = monitor_space(Path(settings.monitor) if settings.monitor else None)
    window = RatingWindow(request, sheet, settings.operator, monitor or SRGB)
    if monitor is None:
        text = window.tr("The monitor's profile {0} cannot be used; colours are shown in sRGB.")
        window.notices.show_notice(text.format(settings.monitor))
    log_to(places.log)
    sentence = window.tr("Lacuna made a mistake; the scores given so far are safe.")
    survive_mistakes(lambda: window.show_mistake(sentence))
    Termination(window.close, window)
    window.show()
    return app.exec()
