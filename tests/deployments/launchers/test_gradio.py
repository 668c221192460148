from deployments.launchers.inference import infer


class TestDetect:
    def test_runs_the_program_that_launches(self, write):
        launch = infer(
            write({"chat.py": "import gradio as gr\nwith gr.Blocks() as demo: ...\ndemo.launch()", "b.py": ""})
        )

        assert launch.framework == "Gradio"
        assert launch.argv == ("python", "chat.py")
        assert launch.env["GRADIO_SERVER_PORT"] == "$PORT"
