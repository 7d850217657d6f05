"""Which wav2vec2 model hears the letters of which language."""

from collections.abc import Mapping

LETTER_MODELS: Mapping[str, str] = {
    "ar": "wav2vec2-large-xlsr-53-arabic",
    "ca": "wav2vec2-large-xlsr-catala",
    "cs": "wav2vec2-xls-r-300m-cs-250",
    "da": "wav2vec2-xls-r-300m-ftspeech",
    "de": "wav2vec2-large-xlsr-53-german",
    "el": "wav2vec2-large-xlsr-53-greek",
    "en": "wav2vec2-base-960h",
    "es": "wav2vec2-large-xlsr-53-spanish",
    "eu": "wav2vec2-large-xlsr-53-basque",
    "fa": "wav2vec2-large-xlsr-53-persian",
    "fi": "wav2vec2-large-xlsr-53-finnish",
    "fr": "wav2vec2-large-xlsr-53-french",
    "gl": "wav2vec2-large-xlsr-galician",
    "he": "wav2vec2-xls-r-300m-hebrew",
    "hi": "Wav2Vec2-large-xlsr-hindi",
    "hr": "wav2vec2-xls-r-parlaspeech-hr",
    "hu": "wav2vec2-large-xlsr-53-hungarian",
    "id": "wav2vec2-large-xlsr-indonesian",
    "it": "wav2vec2-large-xlsr-53-italian",
    "ja": "wav2vec2-large-xlsr-53-japanese",
    "ka": "wav2vec2-large-xlsr-georgian",
    "ko": "wav2vec2-large-xlsr-korean",
    "lv": "wav2vec2-large-xlsr-latvian-cv",
    "ml": "wav2vec2-large-xlsr-malayalam",
    "nl": "wav2vec2-large-xlsr-53-dutch",
    "nn": "nb-wav2vec2-1b-nynorsk",
    "no": "nb-wav2vec2-1b-bokmaal-v2",
    "pl": "wav2vec2-large-xlsr-53-polish",
    "pt": "wav2vec2-large-xlsr-53-portuguese",
    "ro": "romanian-wav2vec2",
    "ru": "wav2vec2-large-xlsr-53-russian",
    "sk": "wav2vec2-xls-r-300m-sk-cv8",
    "sl": "wav2vec2-large-xlsr-53-slovenian",
    "sv": "wav2vec2-large-voxrex-swedish",
    "te": "wav2vec2-large-xlsr-53-telugu",
    "tl": "filipino-wav2vec2-l-xls-r-300m-official",
    "tr": "wav2vec2-xls-r-300m-cv7-turkish",
    "uk": "wav2vec2-xls-r-300m-uk-with-small-lm",
    "ur": "wav2vec2-large-xls-r-300m-Urdu",
    "vi": "wav2vec2-base-vi-vlsp2020",
    "zh": "wav2vec2-large-xlsr-53-chinese-zh-cn",
}
"""By language code: whisperx's own choice, by the names of their hub repositories without the owner.

For English, French, German, Spanish and Italian whisperx takes torchaudio's files instead, of which the last four may
not be used commercially (CC BY-NC 4.0).
"""
