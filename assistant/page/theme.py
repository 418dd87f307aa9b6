"""The look of the page where Gradio's theme decides it; the rest is in styles/."""

from __future__ import annotations

import gradio as gr

__all__ = ["kindred_theme"]

PINE = gr.themes.Color(
    name="pine",
    c50="#eef6f3",
    c100="#d7ebe3",
    c200="#b1d8c9",
    c300="#83bfa9",
    c400="#55a188",
    c500="#37856c",
    c600="#276a56",
    c700="#205546",
    c800="#1b4439",
    c900="#17382f",
    c950="#0b201b",
)
STONE = gr.themes.Color(
    name="stone",
    c50="#faf9f7",
    c100="#f3f1ed",
    c200="#e6e3dc",
    c300="#d3cfc5",
    c400="#a5a196",
    c500="#777469",
    c600="#5b584f",
    c700="#413f39",
    c800="#2a2925",
    c900="#1d1c19",
    c950="#141412",
)
SANS = (
    # Of the weights that come with the page, 600 lacks nearly every letter.
    gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)),
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "system-ui",
    "sans-serif",
)


def kindred_theme() -> gr.themes.Base:
    """Pine green on warm paper by day, on near-black stone by night; no font from elsewhere."""
    theme = gr.themes.Base(primary_hue=PINE, secondary_hue=PINE, neutral_hue=STONE, font=SANS)
    return theme.set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_100",
        background_fill_secondary_dark="*neutral_800",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_800",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="*primary_900",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_500",
        button_primary_text_color="#ffffff",
        input_background_fill="#ffffff",
        input_background_fill_dark="*neutral_900",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        loader_color="*primary_500",
    )
