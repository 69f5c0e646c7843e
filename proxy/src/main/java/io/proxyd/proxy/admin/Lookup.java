package io.proxyd.proxy.admin;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** A path of the admin interface whose answer has to be asked of the event loops first. Called on the admin loop. */
interface Lookup {
    /**
     * Completes with an answer that has an owned body.
     *
     * @param adminLoop where the answer is to be written
     */
    CompletionStage<Answer> answer(Page.Query query, Executor adminLoop);
}
