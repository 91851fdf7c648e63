"""A config whose text is formatted only once."""

from __future__ import annotations

from mmengine.config import Config

_TEXTS: dict[str, str] = {}
_MOST_TEXTS = 8


class CachedTextConfig(Config):
    """A config whose text is formatted again only after a change.

    MMEngine 0.10 writes the text of a config five times in a training (log, checkpoint, file, a test), and formats it
    with yapf each time: about a second of a CPU core for a segmentation config.
    """

    @classmethod
    def of(cls, cfg: Config) -> CachedTextConfig:
        """Return a config of the content, text and file name of ``cfg``."""
        if isinstance(cfg, cls):
            return cfg
        made = cls.__new__(cls)
        made.__setstate__(cfg.__getstate__())
        return made

    @property
    def pretty_text(self) -> str:
        """The text of the config as Python code, see MMEngine's Config."""
        plain: str = Config(self.to_dict(), format_python_code=False).pretty_text
        if plain not in _TEXTS:
            while len(_TEXTS) >= _MOST_TEXTS:
                del _TEXTS[next(iter(_TEXTS))]
            try:
                _TEXTS[plain] = super().pretty_text
            except SyntaxError as error:
                # MMEngine's bare except takes Ctrl-C for a config that cannot be formatted.
                if isinstance(error.__context__, KeyboardInterrupt):
                    raise error.__context__ from None
                raise
        return _TEXTS[plain]
